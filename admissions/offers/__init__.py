"""What a published run gives to each family, and the page that tells it."""
