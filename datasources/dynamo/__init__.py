"""DynamoDB: a lean signed path for the hot reads and aiobotocore for everything else, behind one protocol."""

from datasources.dynamo.connection import open_database
from datasources.dynamo.options import Options

__all__ = ["Options", "open_database"]
