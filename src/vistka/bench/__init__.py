"""Models on the corpus. So far one tagger, whose score shows that the data can be learned from."""
