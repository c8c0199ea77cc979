"""People who sign in. Sign-in and second factors come later; the model is ours from the first migration."""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Role(models.TextChoices):
    """The roles an installation starts with."""

    SYSTEM_ADMINISTRATOR = "system_administrator", "System administrator"
    LEGAL_ADMIN = "legal_admin", "Legal admin"
    APPROVER = "approver", "Approver"
    MATTER_READER = "matter_reader", "Matter reader"
    AUDITOR = "auditor", "Auditor"
    CUSTODIAN = "custodian", "Custodian"
    HELP_DESK = "help_desk", "Help desk"
    COUNSEL = "counsel", "Counsel"


class User(AbstractBaseUser):
    """A person with an account; ``key`` names them in addresses, audit and journal."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=30, choices=Role.choices)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[BaseUserManager[Self]] = BaseUserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "role"]
