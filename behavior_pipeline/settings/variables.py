"""The environment variables that say which data root, configuration and database a process works on."""

DATA_VARIABLE = "BEHAVIOR_PIPELINE_DATA"
CONFIG_VARIABLE = "BEHAVIOR_PIPELINE_CONFIG"
POSTGRES_VARIABLE = "BEHAVIOR_PIPELINE_POSTGRES_URL"
