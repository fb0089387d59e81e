/* The form of the ask: it works without this, and is only quicker with it. */
