"""The analyst's tools: one registry, from which every other face of them (models, MCP, docs, pages) is made."""
