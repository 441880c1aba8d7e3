#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/secret.h"
#include "rules/event.h"
#include "rules/time.h"

namespace revisitd::collectors {
struct ProxyOptions;
struct TlsOptions;
}  // namespace revisitd::collectors

// Who is told, and about what: the receivers and routes of the configuration as plain structs.
namespace revisitd::daemon::notify {

enum class ReceiverKind { slack, webhook, alertmanager };
const char* receiver_kind_name(ReceiverKind kind);

enum class WebhookFormat { native, alertmanager_v4 };

// How we make ourselves known to a receiver; at most one of the two.
struct HttpAuth {
  std::string username;
  SecretSource password;  // with username
  SecretSource bearer;
  std::string bearer_type = "Bearer";  // the word before it
};

struct SlackReceiver {
  SecretSource api_url;  // api_url or api_url_file: whoever knows it may post
};

struct WebhookReceiver {
  SecretSource url;  // url or url_file
  WebhookFormat format = WebhookFormat::native;
  // Keys of the signature, at most two: the current one (secret_file) and, while rotating, the one
  // before (previous_secret_file). Each key adds a signature. None = unsigned.
  std::vector<SecretSource> signing_keys;
  std::vector<std::pair<std::string, Secret>> headers;
  HttpAuth auth;
};

struct AlertmanagerReceiver {
  std::vector<std::string>
      urls;  // of one HA cluster: every one is told, one that accepts is enough
  HttpAuth auth;
};

struct Receiver {
  std::string name;
  ReceiverKind kind = ReceiverKind::slack;
  SlackReceiver slack;  // the one that `kind` names is filled
  WebhookReceiver webhook;
  AlertmanagerReceiver alertmanager;
  std::shared_ptr<const collectors::TlsOptions> tls;      // null = verify against the system's CAs
  std::shared_ptr<const collectors::ProxyOptions> proxy;  // null = none
  bool send_resolved = true;  // tell that a revisit subsided, and that a trigger sees again
};

// Every matching route delivers, once per receiver. An empty list matches everything; otherwise one
// of its words must equal the event's.
struct RouteMatch {
  std::vector<std::string> team;
  std::vector<std::string> service;
  std::vector<std::string> language;
  std::vector<std::string> reason;  // a trigger's name, "blind" or "review"
};

struct Route {
  RouteMatch match;
  std::string receiver;
};

// Why an event happened, in the words that routes match: the names of the triggers of its revisit,
// or of the trigger itself and "blind", or "review".
std::vector<std::string> reasons(const rules::Event& event);
bool matches(const RouteMatch& match, const rules::Event& event);
// Receivers of the event in the order of `receivers`, each once, that their kind and choices let be
// told of it. With no routes at all every receiver is told.
std::vector<const Receiver*> receivers_of(const rules::Event& event,
                                          const std::vector<Receiver>& receivers,
                                          const std::vector<Route>& routes);
// Whether this receiver is told about events of this type. An Alertmanager repeats by itself, so
// reminders are not for it; it must hear of a snooze, though, to stop.
bool is_told(const Receiver& receiver, rules::EventType type);

}  // namespace revisitd::daemon::notify
