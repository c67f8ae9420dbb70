"""The browser's side: reads `engine.api`, draws figures, never imports torch."""
