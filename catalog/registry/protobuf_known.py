"""The files that come with Protobuf, and the types they declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "any": "Any",
    "api": "Api Method Mixin",
    "descriptor": (
        "FileDescriptorSet FileDescriptorProto DescriptorProto FieldDescriptorProto"
        " OneofDescriptorProto EnumDescriptorProto EnumValueDescriptorProto"
        " ServiceDescriptorProto MethodDescriptorProto FileOptions MessageOptions FieldOptions"
        " OneofOptions EnumOptions EnumValueOptions ServiceOptions MethodOptions"
        " UninterpretedOption SourceCodeInfo GeneratedCodeInfo"
    ),
    "duration": "Duration",
    "empty": "Empty",
    "field_mask": "FieldMask",
    "source_context": "SourceContext",
    "struct": "Struct Value NullValue ListValue",
    "timestamp": "Timestamp",
    "type": "Type Field Enum EnumValue Option Syntax",
    "wrappers": (
        "DoubleValue FloatValue Int64Value UInt64Value Int32Value UInt32Value BoolValue"
        " StringValue BytesValue"
    ),
}

KNOWN_FILES: Mapping[str, frozenset[str]] = {
    f"google/protobuf/{file}.proto": frozenset(f"google.protobuf.{name}" for name in names.split())
    for file, names in _NAMES.items()
}
"""Full names of types by the file that is imported."""
