"""The pages for whoever runs Kompas: is it alive, is it ready. Nothing personal, nothing secret."""
