code-title = Show code
code-card = Health code
code-refresh = Update
