# SPDX-License-Identifier: GPL-2.0-only
# How Sphinx makes a small book of these pages; "make docs" calls it.
project = "IPC pitfalls"
author = "the ipclens developers"
extensions = ["myst_parser", "sphinx.ext.graphviz"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["out"]
graphviz_output_format = "svg"
highlight_language = "none"
html_theme = "alabaster"
html_show_copyright = False
