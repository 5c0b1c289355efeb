"""All SQL of the project, one repository a noun. A repository gets a session and never commits."""
