"""What is asked of the zoo: which entries there are, and what is known of one."""

from .card import Card, card
from .fields import Field, Row
from .query import query

__all__ = ["Card", "Field", "Row", "card", "query"]
