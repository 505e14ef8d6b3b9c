"""What a run has to tell, in the words of those who read it: objects and fields of a plan, arguments of a program."""
