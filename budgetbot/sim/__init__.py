"""A simulated organisation that serves the OpenAI organization API over HTTP, for the demo and for tests."""
