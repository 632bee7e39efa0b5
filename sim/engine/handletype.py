"""The type of a handle (`sim.engine.memory.Handle`), so that numba knows what it points to.

Numba hands a tuple of arrays to a function as hundreds of numbers and counts references at
every access. A handle is one word; reading an array costs a load, and nothing is counted, since
the caller keeps the arrays alive. On the model this makes runs more than ten times faster than
plain tuples. ``handle.name`` is an array, or the record itself where a part is one record.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import from_dtype, types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    lower_builtin,
    lower_getattr_generic,
    models,
    register_model,
)
from numba.np.arrayobj import populate_array
from numpy.typing import NDArray


def type_of(arrays: Mapping[str, NDArray[Any]]) -> HandleType:
    """Give the type of the handles of such arrays."""
    return HandleType(tuple((name, array.dtype, array.ndim) for name, array in arrays.items()))


class CountedArray(types.Array):
    """An array whose places are counted from its start: -1 is not the last, but a mistake.

    To ask of each place whether it is negative takes a tenth of the time of a run.
    """

    def copy(self, *given: Any, **changed: Any) -> types.Array:
        """Give the type of a row, whose places are counted in the same way."""
        made = super().copy(*given, **changed)
        return CountedArray(made.dtype, made.ndim, made.layout, not made.mutable)


register_model(CountedArray)(models.ArrayModel)


@lower_builtin(operator.getitem, CountedArray, types.intp)
def _get(context: Any, builder: Any, signature: Any, given: Any) -> Any:
    return _counted(operator.getitem, context, signature)(builder, given)


@lower_builtin(operator.setitem, CountedArray, types.intp, types.Any)
def _set(context: Any, builder: Any, signature: Any, given: Any) -> Any:
    return _counted(operator.setitem, context, signature)(builder, given)


def _counted(does: Any, context: Any, signature: Any) -> Any:
    """Find what numba does at a place that cannot be negative."""
    array, _, *value = signature.args
    return context.get_function(does, signature.replace(args=(array, types.uintp, *value)))


class HandleType(types.Type):
    """The type of a handle: names, types and dimensions of its arrays, in their order."""

    def __init__(self, layout: tuple[tuple[str, np.dtype[Any], int], ...]) -> None:
        self.layout = layout
        self.places: dict[str, int] = {}
        self.parts: dict[str, Any] = {}
        self.sizes = {name: dtype.itemsize for name, dtype, _ in layout}
        place = 0
        for name, dtype, dimensions in layout:
            kind = from_dtype(dtype)
            self.places[name] = place
            self.parts[name] = CountedArray(kind, dimensions, "C") if dimensions else kind
            place += 1 + dimensions
        super().__init__(name=f"Handle({self.places})")

    @property
    def key(self) -> Any:
        """What tells one handle type from another."""
        return self.layout


@register_model(HandleType)
class _Model(models.OpaqueModel):
    """Held as an untyped pointer."""


@infer_getattr
class _Attributes(AttributeTemplate):
    key = HandleType

    def generic_resolve(self, handle: HandleType, name: str) -> Any:
        """Type of one part."""
        return handle.parts.get(name)


@lower_getattr_generic(HandleType)
def _load(context: Any, builder: Any, handle: HandleType, pointer: Any, name: str) -> Any:
    """Load where a part lies and its shape; neither changes while a function runs."""
    word = context.get_value_type(types.int64)
    words = builder.bitcast(pointer, word.as_pointer())
    kind, place = handle.parts[name], handle.places[name]

    def load(number: int) -> Any:
        slot = cgutils.gep_inbounds(builder, words, place + number)
        loaded = builder.load(slot)
        loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
        return loaded

    if not isinstance(kind, types.Array):
        return builder.inttoptr(load(0), context.get_value_type(kind))
    array = context.make_array(kind)(context, builder)
    shape = [load(1 + axis) for axis in range(kind.ndim)]
    itemsize = context.get_constant(types.intp, handle.sizes[name])
    strides = [itemsize]
    for size in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], size))
    populate_array(
        array,
        data=builder.inttoptr(load(0), array.data.type),
        shape=shape,
        strides=strides,
        itemsize=itemsize,
        meminfo=None,
    )
    return array._getvalue()
