"""Azure DevOps releases: the classic release pipelines of a project, archived.

Written from the vendor's pages: the Release area of the REST API, and the lists of other areas that it points at.
"""
