"""What a contact is about: triage, screening, safe contact, people, and the gate that lets us write to her."""
