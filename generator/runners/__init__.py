"""The machines that live: their rows in the table, and what people see of them."""
