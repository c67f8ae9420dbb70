"""The machine: processes, devices, queue, storage, logs, versions."""
