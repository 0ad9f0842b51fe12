"""DynamoDB's typed attributes from plain records, and back."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from lambdas.core.records import Record

Item = dict[str, Any]
_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


def encode(record: Mapping[str, object]) -> Item:
    """Return a record as an item."""
    return {key: _serializer.serialize(value) for key, value in record.items()}


def decode(item: Mapping[str, Any]) -> Record:
    """Return an item as a record; all numbers of this table are whole."""
    return {key: _plain(_deserializer.deserialize(value)) for key, value in item.items()}


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value
