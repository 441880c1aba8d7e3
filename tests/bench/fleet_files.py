"""Configurations that ask the same of every program: the same targets, and the same four conditions a service."""

import json
import os

JOB = "app"

RECORD = """# Use Go for {service}
* Status: accepted
* Date: 2026-01-04

## Revisit triggers
```yaml revisit
service: {service}
team: team-{team}
language: go
alternatives: [python]
workload: network-service
triggers:
  tail-latency:
    when: latency_p99 > 1s
    window: 1d
    trip: 95%
    favours: python
  traffic:
    when: rps > 2000
    window: 1d
    favours: python
  footprint:
    when: memory > 256MiB
    window: 1d
    favours: python
  errors:
    when: error_ratio > 20%
    provided: rps >= 1
    window: 1d
    favours: python
```
"""

SIGNALS = """signals:
  latency_p99: {quantile: 0.99, series: 'caddy_http_request_duration_seconds{code!~"5.."}', unit: seconds}
  rps: {rate: caddy_http_requests_total}
  memory: {max: process_resident_memory_bytes, unit: bytes}
  error_ratio: {rate: 'caddy_http_request_duration_seconds_count{code=~"5.."}', per: caddy_http_request_duration_seconds_count}
"""

# As the record above, in the family's own way: the condition must hold for the whole window.
RULES = [
    ("TailLatency", 'histogram_quantile(0.99, sum by (service, le) (rate(caddy_http_request_duration_seconds_bucket'
                    '{service="%s",code!~"5.."}[1m]))) > 1'),
    ("Traffic", 'sum by (service) (rate(caddy_http_requests_total{service="%s"}[1m])) > 2000'),
    ("Footprint", 'max by (service) (max_over_time(process_resident_memory_bytes{service="%s"}[1m])) > 268435456'),
    ("Errors", 'sum by (service) (rate(caddy_http_request_duration_seconds_count{service="%s",code=~"5.."}[1m]))'
               ' / sum by (service) (rate(caddy_http_request_duration_seconds_count{service="%s"}[1m])) > 0.2'),
]


def name(service):
    return f"svc-{service:05d}"


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


def scrape_configs(addresses, interval):
    """The one block that all of the family can read."""
    lines = ["scrape_configs:", f"  - job_name: {JOB}", f"    scrape_interval: {interval}",
             f"    scrape_timeout: {interval}", "    static_configs:"]
    for service, address in enumerate(addresses):
        lines.append(f"      - targets: ['{address}']")
        lines.append(f"        labels: {{service: {name(service)}}}")
    return "\n".join(lines) + "\n"


def revisitd_files(directory, addresses, interval, slots):
    """One record a service; gives the path of the configuration."""
    for service in range(len(addresses)):
        write(f"{directory}/records/{name(service)}.md", RECORD.format(service=name(service), team=service % 20))
    return write(f"{directory}/revisitd.yml",
                 f"global: {{scrape_interval: {interval}, slots: [{slots}]}}\n"
                 "records: {files: ['records/*.md']}\n" + SIGNALS + scrape_configs(addresses, interval))


def prometheus_files(directory, addresses, interval):
    groups = []
    for service in range(len(addresses)):
        rules = [{"alert": alert, "expr": expression.replace("%s", name(service)), "for": "1d"}
                 for alert, expression in RULES]
        groups.append({"name": name(service), "interval": "1m", "rules": rules})
    write(f"{directory}/rules.yml", json.dumps({"groups": groups}))  # JSON is YAML
    return write(f"{directory}/prometheus.yml",
                 f"global: {{scrape_interval: {interval}, scrape_timeout: {interval}, evaluation_interval: 1m}}\n"
                 "rule_files: [rules.yml]\n" + scrape_configs(addresses, interval))


def vmagent_files(directory, addresses, interval):
    return write(f"{directory}/scrape.yml", scrape_configs(addresses, interval))


def monit_files(directory, addresses, port):
    """Monit fetches a page as well, though all it can hold against it is that it came and how long it took."""
    lines = ["set daemon 15", f"set httpd port {port} and use address 127.0.0.1", "  allow localhost",
             f"set pidfile {directory}/monit.pid", f"set idfile {directory}/monit.id",
             f"set statefile {directory}/monit.state"]
    for service, address in enumerate(addresses):
        host, target_port = address.split(":")
        lines += [f"check host {name(service)} with address {host}",
                  f"  if failed port {target_port} protocol http request \"/metrics\" with timeout 10 seconds"
                  " for 4 cycles then alert"]
    path = write(f"{directory}/monitrc", "\n".join(lines) + "\n")
    os.chmod(path, 0o600)
    return path
