"""moto, plus the little that moto lacks."""
