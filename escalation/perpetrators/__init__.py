"""The other unit's files, behind the wall: nothing here is read by the survivor's side (Law 6284, Art. 15/4)."""
