"""A GitHub in one process, for any client: state in memory, GitHub's own shapes, refusals and limits.

It answers as a GitHub Enterprise Server does: `<server>/api/v3`, GraphQL at `<server>/api/graphql`. What it does not
have it refuses with 501, in its own words. https://docs.github.com/en/rest
"""
