"""The survivor's side: cases, notes, tasks, story. Never meets the perpetrator's side (Law 6284, Art. 15/4)."""
