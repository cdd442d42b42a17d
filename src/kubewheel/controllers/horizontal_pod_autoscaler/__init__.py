"""HorizontalPodAutoscaler: sets the replicas of a workload by what metrics say.

In: autoscalers, the scale of their targets, pods, the metrics APIs.  Out: the target's scale, status, events.
Flow: `sync` reads, `proposals` asks `metrics` and works out with `ratio` how many replicas each metric wants, `pace`
slows the change down. Source: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
"""

from kubewheel.controllers.horizontal_pod_autoscaler.sync import Autoscalers

__all__ = ["Autoscalers"]
