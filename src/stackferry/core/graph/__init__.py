"""What a plan asks of a reference graph: what hangs together, what to cut, in which order to go.

Pure; must never know what a vertex stands for.
"""

from stackferry.core.graph.digraph import components, topological_order
from stackferry.core.graph.feedback_vertex_set import feedback_vertex_set

__all__ = ["components", "feedback_vertex_set", "topological_order"]
