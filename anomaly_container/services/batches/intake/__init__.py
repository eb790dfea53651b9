"""Intake: find the objects to score by polling, SNS notifications and SQS messages."""
