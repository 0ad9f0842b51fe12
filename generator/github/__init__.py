"""GitHub as this product's workflows meet it: its API, its Markdown, its job summaries and annotations."""
