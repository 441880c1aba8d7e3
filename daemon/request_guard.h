#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/http_server.h"

// Whether a request is from someone who may make it, judged from its words alone: the defence of a
// page without logins against other web sites (CSRF) and against names that point at us (DNS
// rebinding).
namespace revisitd::daemon {

struct GuardPolicy {
  std::string
      listen_host;  // what --web.listen-address names: an address, a name, or "" for all addresses
  std::string external_host;  // host of --web.external-url, "" if there is none
};

struct Refusal {
  int status;          // 403 or 415
  std::string reason;  // for the person who sent the request
};

// A request that changes something: JSON, from a loopback peer or authenticated, under a known
// Host, and without the Origin of another site. Only POST /-/reload may be without a body and a
// Content-Type, as reloaders send it. What it says is the last thing judged: a 415 is from someone
// who may make changes. Nothing when it is accepted.
std::optional<Refusal> refuse_change(const HttpRequest& request, const GuardPolicy& policy);

// A request that only reads: when we listen on loopback, its Host must be one we know, or a foreign
// page could read through a name that it points at this machine.
std::optional<Refusal> refuse_read(const HttpRequest& request, const GuardPolicy& policy);

// Whether a Host header (or "host:port") names us: a loopback name or address, the listen host, the
// external host, or, when we listen on all addresses, any IP literal (a literal cannot be rebound).
bool is_known_host(std::string_view host, const GuardPolicy& policy);

}  // namespace revisitd::daemon
