"""What both seats see, from the waiting room to the last screen: pages, panels, actions and the socket."""
