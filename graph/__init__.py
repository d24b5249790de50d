"""GraphQL only: names, descriptions, nullability, pagination and permissions over the resolvers."""
