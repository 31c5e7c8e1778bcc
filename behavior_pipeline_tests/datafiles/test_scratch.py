import os
import signal
import subprocess
import sys
from pathlib import Path

from behavior_pipeline.datafiles.scratch import scratch_folder

HOLD = """
import sys, time
from pathlib import Path
from behavior_pipeline.datafiles.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "inner").mkdir()
    (folder / "inner" / "half").write_bytes(b"x")
    print(folder, flush=True)
    time.sleep(60)
"""


def test_a_folder_is_private_and_gone_after_use(tmp_path: Path) -> None:
    with scratch_folder(tmp_path / "tmp") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "a").write_bytes(b"x")
    assert not folder.exists()


def test_what_a_killed_process_left_is_swept_up_and_what_a_living_one_holds_is_not(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        left = Path(holder.stdout.readline().strip())
        with scratch_folder(tmp_path) as one, scratch_folder(tmp_path) as another:
            assert one != another
            assert (left / "inner" / "half").exists()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert left.exists()
        with scratch_folder(tmp_path):
            assert not left.exists()


def test_a_fork_that_ends_does_not_free_the_folder(tmp_path: Path) -> None:
    with scratch_folder(tmp_path) as folder:
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        with scratch_folder(tmp_path):
            assert folder.exists()
