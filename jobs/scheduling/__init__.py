"""What goes on by itself: triggers fired, runs put into the queue, carried out and pruned."""
