"""Every error famlink raises on purpose.

```
FamlinkError
├── SpecError        (ValueError)         hub.toml or an option says something that cannot be done
├── SourceError      (ValueError)         an extract cannot be read or understood
│   ├── MissingFileError (FileNotFoundError)  a named file is not there
│   └── TooManyRejectsError               more than a fifth of a file's rows are unusable
├── TableError       (ValueError)         a table does not have the columns its schema promises
├── ModelError       (ValueError)         a model file is not a model, or does not fit the data
├── RunError         (ValueError)         a run directory is not one, is incomplete or holds other files
├── RequestError     (ValueError)         a request names a record, basis or purpose that cannot be met
├── PolicyError      (ValueError)         a policy is not valid, or forbids what was asked
├── GenogramError    (ValueError)         a family file cannot be read or drawn
└── InvariantError   (RuntimeError)       famlink caught itself out: a drawn person lost, a sum that does not add up
```

A message is one plain sentence: where, what was expected, what was found, what to do. It names files, columns and record
ids, never a person's values.
"""

from __future__ import annotations


class FamlinkError(Exception):
    """The root of every error famlink raises on purpose."""


class SpecError(FamlinkError, ValueError):
    """hub.toml or an option says something that cannot be done."""


class SourceError(FamlinkError, ValueError):
    """An extract cannot be read or understood."""


class MissingFileError(SourceError, FileNotFoundError):
    """A file that was named is not there."""


class TooManyRejectsError(SourceError):
    """More than a fifth of a file's rows cannot be used, so the file is probably not what hub.toml says it is."""


class TableError(FamlinkError, ValueError):
    """A table does not have the columns its schema promises."""


class ModelError(FamlinkError, ValueError):
    """A model file is not a model, or does not fit the data."""


class RunError(FamlinkError, ValueError):
    """A run directory is not one, is incomplete, or holds other files."""


class RequestError(FamlinkError, ValueError):
    """A request names a record, a basis or a purpose that cannot be met."""


class PolicyError(FamlinkError, ValueError):
    """A policy is not valid, or forbids what was asked."""


class GenogramError(FamlinkError, ValueError):
    """A family file cannot be read or drawn."""


class InvariantError(FamlinkError, RuntimeError):
    """famlink caught itself out: something that must always hold does not. Please report it."""


class FamlinkWarning(UserWarning):
    """Something a user should know that does not stop the work."""
