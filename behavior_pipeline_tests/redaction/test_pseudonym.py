from behavior_pipeline.redaction.pseudonym import user_key, value_pseudonym


def test_a_user_and_a_value_with_the_same_text_are_not_linked() -> None:
    key = user_key("anna@example.org", b"key")
    assert value_pseudonym("EMAIL_ADDRESS", "anna@example.org", b"key")[-9:-1] != key[:8]


def test_a_value_has_the_same_digits_whatever_kind_it_was_found_as() -> None:
    one, other = (value_pseudonym(kind, "anna", b"key") for kind in ("PERSON", "LOCATION"))
    assert one.removeprefix("<PERSON") == other.removeprefix("<LOCATION")
