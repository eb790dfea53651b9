"""How `make docs` renders these pages: strictly, and with nothing fetched from another host."""

project = "anomaly_container"
extensions = ["myst_parser"]
exclude_patterns = ["*.py"]
# Anchors of headings, as GitHub makes them.
myst_heading_anchors = 4
html_theme = "alabaster"
html_theme_options = {"description": "A stand-in for Azure Anomaly Detector", "page_width": "1100px"}
html_sidebars = {"**": ["about.html", "navigation.html", "searchbox.html"]}
html_copy_source = False
html_show_sphinx = False
# Pygments does not know the query language of Power BI, and examples shortened by "..." are no JSON.
suppress_warnings = ["misc.highlighting_failure"]
