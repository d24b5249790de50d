"""DynamoDB: a lean signed path of our own, and aiobotocore where that cannot go, behind one protocol."""

from datasources.dynamo.connection import open_database
from datasources.dynamo.options import Options

__all__ = ["Options", "open_database"]
