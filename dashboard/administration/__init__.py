"""What an administrator changes after a diff: copy sheets, measures, the working calendar."""
