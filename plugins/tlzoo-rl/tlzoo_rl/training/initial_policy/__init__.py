"""The choice of the policy that a run begins with: the pretrained one or a new one."""
