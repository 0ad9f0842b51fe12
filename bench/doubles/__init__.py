"""The services that `launch` calls, small and in memory; a test holds each call against moto."""
