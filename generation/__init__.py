"""Prompt to model to edit. Knows nothing of LSP or storage.

The engines (`llama`, `endpoint`) answer messages with streamed text; `edit` turns such an answer
into an edit of one item that is known to parse; `ask` streams an answer for people; `models` and
`download` keep the model files. Whatever goes wrong is a `errors.GenerationError`.
"""
