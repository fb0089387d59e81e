/* What must be known before anything is drawn: nothing that the reader sees may move later. */
