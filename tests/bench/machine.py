"""The machine that figures belong to, and how figures are printed."""

import json
import os
import platform
import subprocess


def cpu_model():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as text:
        for line in text:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def memory_bytes():
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def first_line(command):
    """What a program says of itself, or nothing where it is missing."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return ""
    lines = (said.stdout or said.stderr).splitlines()
    return lines[0].strip() if lines else ""


def machine(revisitd):
    """Everything a reader needs to place the figures."""
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory_bytes() / 2**30, 1),
        "kernel": platform.release(),
        "load": round(os.getloadavg()[0], 1),
        "revisitd": first_line([revisitd, "--version"]),
    }


def machine_line(about):
    return (f"{about['cpu']}, {about['cores']} cores, {about['memory_gib']} GiB, kernel {about['kernel']}, "
            f"load {about['load']} at the start; {about['revisitd']}")


def table(header, rows):
    """Columns of text, the first to the left and the others to the right."""
    cells = [header] + [["-" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = []
    for row in cells:
        rest = "  ".join(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))
        lines.append(f"{row[0].ljust(widths[0])}  {rest}".rstrip())
    return "\n".join(lines)


def shown(value, digits=1):
    return None if value is None else f"{value:.{digits}f}"


def print_report(report, text, as_json):
    print(json.dumps(report, indent=2) if as_json else machine_line(report["machine"]) + "\n\n" + text)
