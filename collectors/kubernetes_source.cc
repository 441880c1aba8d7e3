#include "collectors/kubernetes_source.h"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <list>
#include <set>
#include <utility>

#include "collectors/kubernetes_objects.h"
#include "rules/diagnostic.h"

namespace revisitd::collectors {
namespace {

namespace json = boost::json;
namespace asio = boost::asio;
using asio::awaitable;

constexpr std::size_t kMostListBytes = 64u << 20;
constexpr std::size_t kMostWatchBytes = 1u << 30;
constexpr std::size_t kMostEventBytes = 4u << 20;
constexpr std::chrono::seconds kWatchTime{300};
constexpr Duration kWatchGrace = std::chrono::seconds(30);
constexpr std::chrono::seconds kLeastRound{1};
constexpr Duration kListTime = std::chrono::seconds(60);
constexpr Duration kLongestPause = std::chrono::seconds(30);
constexpr int kGone = 410;

enum class Kind { pods, nodes, services, slices };

std::string encoded(const std::string& text) {
  return boost::urls::encode(text, boost::urls::unreserved_chars);
}

std::string path_of(Kind kind, const std::string& space) {
  std::string path = kind == Kind::slices ? "/apis/discovery.k8s.io/v1/" : "/api/v1/";
  if (!space.empty()) path += "namespaces/" + encoded(space) + "/";
  switch (kind) {
    case Kind::pods:
      return path + "pods";
    case Kind::nodes:
      return path + "nodes";
    case Kind::services:
      return path + "services";
    case Kind::slices:
      return path + "endpointslices";
  }
  return path;
}

std::vector<Kind> kinds_of(KubernetesRole role) {
  switch (role) {
    case KubernetesRole::pod:
      return {Kind::pods};
    case KubernetesRole::node:
      return {Kind::nodes};
    case KubernetesRole::service:
      return {Kind::services};
    case KubernetesRole::endpointslice:
      return {Kind::slices, Kind::services, Kind::pods};
  }
  return {};
}

const char* role_word(KubernetesRole role) {
  switch (role) {
    case KubernetesRole::pod:
      return "pod";
    case KubernetesRole::node:
      return "node";
    case KubernetesRole::service:
      return "service";
    case KubernetesRole::endpointslice:
      return "endpointslice";
  }
  return "";
}

// All objects of one kind in one namespace, or in all.
struct Collection {
  Kind kind;
  std::string path;
  std::string selectors;  // "&labelSelector=…", of the role's own objects
  std::string version;    // "": not listed yet
  asio::cancellation_signal cancel;
  std::set<std::string> keys;  // of the last list, of what is held
};

const json::value* find(const json::object& object, json::string_view key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &found->value();
}

std::string text_at(const json::object& object, json::string_view key) {
  const json::value* value = find(object, key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::string version_of(const json::object& object) {
  const json::value* metadata = find(object, "metadata");
  return metadata != nullptr && metadata->is_object()
             ? text_at(metadata->get_object(), "resourceVersion")
             : "";
}

class Source final : public TargetSource {
 public:
  Source(asio::any_io_executor executor, HttpClient& client, KubernetesSpec spec)
      : executor_(std::move(executor)), client_(client), spec_(std::move(spec)) {
    std::vector<std::string> spaces = spec_.namespaces;
    if (spaces.empty() || spec_.role == KubernetesRole::node) spaces = {""};
    for (const Kind kind : kinds_of(spec_.role)) {
      for (const std::string& space : spaces) {
        Collection& added = collections_.emplace_back();
        added.kind = kind;
        added.path = path_of(kind, space);
        if (kind != kinds_of(spec_.role).front()) continue;
        if (!spec_.selector.label.empty())
          added.selectors += "&labelSelector=" + encoded(spec_.selector.label);
        if (!spec_.selector.field.empty())
          added.selectors += "&fieldSelector=" + encoded(spec_.selector.field);
      }
    }
  }

  DiscoveryMechanism mechanism() const override { return DiscoveryMechanism::kubernetes; }
  std::string where() const override {
    std::string text = std::string(role_word(spec_.role)) + " at " + spec_.api_server;
    for (const std::string& space : spec_.namespaces) text += " " + space;
    return text;
  }
  Duration pause(bool failed) const override {
    if (!failed) return std::chrono::seconds(1);
    const int doublings = std::clamp(failures_ - 1, 0, 5);
    return std::min<Duration>(std::chrono::seconds(1 << doublings), kLongestPause);
  }

  // Follows all collections until one of them fails.
  awaitable<Status> refresh(std::function<void()> changed) override {
    if (spec_.api_server.empty())
      co_return Error{"no `api_server` is given, and this is no pod of a cluster"};
    changed_ = std::move(changed);
    Gathering gathering{asio::steady_timer(executor_, asio::steady_timer::time_point::max()),
                        collections_.size(), Ok{}, false};
    for (Collection& collection : collections_) {
      asio::co_spawn(executor_, follow(collection, gathering),
                     asio::bind_cancellation_slot(collection.cancel.slot(),
                                                  [this, &gathering](const std::exception_ptr& e) {
                                                    if (e)
                                                      note_failure(gathering, Error{"broke off"});
                                                    if (--gathering.left == 0)
                                                      gathering.done.cancel();
                                                  }));
    }
    while (gathering.left > 0) {
      boost::system::error_code ignored;
      co_await gathering.done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
      if (cancelled != asio::cancellation_type::none) stop(gathering);
    }
    changed_ = {};
    if (!gathering.outcome) ++failures_;
    co_return gathering.outcome;
  }

  std::vector<TargetGroup> groups() const override {
    std::vector<TargetGroup> all;
    switch (spec_.role) {
      case KubernetesRole::pod:
        for (const auto& [key, pod] : pods_) all.push_back(pod_targets(pod));
        break;
      case KubernetesRole::node:
        for (const auto& [key, node] : nodes_) all.push_back(node);
        break;
      case KubernetesRole::service:
        for (const auto& [key, service] : services_) all.push_back(service_targets(service));
        break;
      case KubernetesRole::endpointslice:
        for (const auto& [key, slice] : slices_)
          all.push_back(endpointslice_targets(slice, services_, pods_));
        break;
    }
    return all;
  }

 private:
  struct Gathering {
    asio::steady_timer done;
    std::size_t left;
    Status outcome;
    bool stopping;
  };

  void stop(Gathering& gathering) {
    if (std::exchange(gathering.stopping, true)) return;
    for (Collection& collection : collections_)
      collection.cancel.emit(asio::cancellation_type::terminal);
  }

  // The others are begun anew with it, from where they are.
  void note_failure(Gathering& gathering, const Error& error) {
    if (gathering.outcome && !gathering.stopping) gathering.outcome = error;
    stop(gathering);
  }

  awaitable<void> follow(Collection& collection, Gathering& gathering) {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!gathering.stopping) {
      const auto began = std::chrono::steady_clock::now();
      Status done = Ok{};
      if (collection.version.empty()) done = co_await list(collection);
      if (done && !gathering.stopping) {
        tell();
        done = co_await watch(collection);
      }
      if (!done) {
        note_failure(gathering, done.error());
        co_return;
      }
      if (gathering.stopping) co_return;
      // A server that ends every watch at once is not asked in a tight circle.
      asio::steady_timer pause(executor_, began + kLeastRound);
      boost::system::error_code ignored;
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

  // Nobody is told of half a picture.
  void tell() {
    const bool whole = std::all_of(collections_.begin(), collections_.end(),
                                   [](const Collection& c) { return !c.version.empty(); });
    if (!whole) return;
    failures_ = 0;
    if (changed_) changed_();
  }

  Result<FetchRequest> request(const std::string& target) const {
    FetchRequest request;
    request.url = spec_.api_server + target;
    request.headers = spec_.headers;
    request.headers.emplace_back("Accept", "application/json");
    if (spec_.credentials) {
      auto proof = spec_.credentials();
      if (!proof) return proof.error();
      request.headers.insert(request.headers.end(), proof->begin(), proof->end());
    }
    request.tls = spec_.tls;
    request.proxy = spec_.proxy;
    return request;
  }

  awaitable<Status> list(Collection& collection) {
    std::set<std::string> seen;
    std::string next;
    do {
      auto asked = request(collection.path + "?limit=500" + collection.selectors +
                           (next.empty() ? "" : "&continue=" + encoded(next)));
      if (!asked) co_return asked.error();
      FetchRequest fetch = *std::move(asked);
      fetch.timeout = kListTime;
      fetch.max_wire_bytes = fetch.max_body_bytes = kMostListBytes;
      const auto response = co_await client_.fetch(std::move(fetch));
      if (!response) co_return Error{response.error().message};
      if (response->status != 200) co_return refused(collection, response->status);
      auto page = take_list(collection, response->body, seen);
      if (!page) co_return page.error();
      next = *std::move(page);
    } while (!next.empty());
    for (const std::string& key : collection.keys) {
      if (!seen.contains(key)) erase(collection, key);
    }
    collection.keys = std::move(seen);
    co_return Ok{};
  }

  static Error refused(const Collection& collection, int status) {
    return Error{collection.path + " answered " + std::to_string(status)};
  }

  // The token of the next page, "" after the last one.
  Result<std::string> take_list(Collection& collection, const std::string& body,
                                std::set<std::string>& seen) {
    json::error_code error;
    const json::value document = json::parse(body, error);
    if (error || !document.is_object())
      return Error{collection.path + " answered with something that is no list"};
    const json::object& answer = document.get_object();
    const json::value* items = find(answer, "items");
    if (items != nullptr && items->is_array()) {
      for (const json::value& item : items->get_array()) {
        if (!item.is_object()) continue;
        const std::string key = put(collection, item.get_object());
        if (!key.empty()) seen.insert(key);
      }
    }
    const std::string version = version_of(answer);
    if (version.empty()) return Error{collection.path + " answered without a resourceVersion"};
    const json::value* metadata = find(answer, "metadata");
    std::string next = text_at(metadata->get_object(), "continue");
    if (next.empty()) collection.version = version;
    return next;
  }

  awaitable<Status> watch(Collection& collection) {
    auto asked = request(collection.path + "?watch=1&allowWatchBookmarks=true&timeoutSeconds=" +
                         std::to_string(kWatchTime.count()) +
                         "&resourceVersion=" + encoded(collection.version) + collection.selectors);
    if (!asked) co_return asked.error();
    FetchRequest fetch = *std::move(asked);
    fetch.timeout = kWatchTime + kWatchGrace;
    fetch.max_wire_bytes = fetch.max_body_bytes = kMostWatchBytes;
    fetch.accept_gzip = false;  // events are wanted as they come
    fetch.keep_alive = false;
    std::string rest;
    Status outcome = Ok{};
    fetch.sink = [&](std::string_view piece) {
      rest.append(piece);
      outcome = take_events(collection, rest);
      return static_cast<bool>(outcome);
    };
    const auto response = co_await client_.fetch(std::move(fetch));
    if (response && response->status == kGone) collection.version.clear();
    if (collection.version.empty()) co_return Ok{};  // too old: a new list
    if (!outcome) co_return outcome;
    if (response && response->status != 200) co_return refused(collection, response->status);
    // A watch is ended by the server's time limit, or by whatever ends connections in between.
    const bool ended = response || response.error().failure == FetchFailure::truncated ||
                       response.error().failure == FetchFailure::timeout ||
                       response.error().failure == FetchFailure::cancelled;
    if (!ended) co_return Error{response.error().message};
    co_return Ok{};
  }

  Status take_events(Collection& collection, std::string& rest) {
    bool any = false;
    for (std::size_t end; (end = rest.find('\n')) != std::string::npos;) {
      json::error_code error;
      const json::value event = json::parse(json::string_view(rest.data(), end), error);
      rest.erase(0, end + 1);
      if (error || !event.is_object())
        return Error{collection.path + " sent something that is no event"};
      any = take_event(collection, event.get_object()) || any;
      if (collection.version.empty()) return Error{collection.path + ": the watch is too old"};
    }
    if (rest.size() > kMostEventBytes) return Error{collection.path + " sent an event over 4 MiB"};
    if (any) tell();
    return Ok{};
  }

  // True when something is other than before.
  bool take_event(Collection& collection, const json::object& event) {
    const std::string type = text_at(event, "type");
    const json::value* value = find(event, "object");
    if (value == nullptr || !value->is_object()) return false;
    const json::object& object = value->get_object();
    if (type == "ERROR") {
      collection.version.clear();
      return false;
    }
    const std::string version = version_of(object);
    if (!version.empty()) collection.version = version;
    if (type == "DELETED") {
      const std::string key = kubernetes_key(object);
      collection.keys.erase(key);
      erase(collection, key);
      return true;
    }
    if (type != "ADDED" && type != "MODIFIED") return false;
    const std::string key = put(collection, object);
    if (!key.empty()) collection.keys.insert(key);
    return true;
  }

  std::string put(Collection& collection, const json::object& object) {
    const std::string key = kubernetes_key(object);
    if (key.empty()) return key;
    switch (collection.kind) {
      case Kind::pods:
        pods_.insert_or_assign(key, read_pod(object));
        break;
      case Kind::nodes:
        nodes_.insert_or_assign(key, node_targets(object));
        break;
      case Kind::services:
        services_.insert_or_assign(key, read_service(object));
        break;
      case Kind::slices:
        slices_.insert_or_assign(key, read_endpointslice(object));
        break;
    }
    return key;
  }

  void erase(const Collection& collection, const std::string& key) {
    switch (collection.kind) {
      case Kind::pods:
        pods_.erase(key);
        return;
      case Kind::nodes:
        nodes_.erase(key);
        return;
      case Kind::services:
        services_.erase(key);
        return;
      case Kind::slices:
        slices_.erase(key);
        return;
    }
  }

  asio::any_io_executor executor_;
  HttpClient& client_;
  KubernetesSpec spec_;
  std::list<Collection> collections_;
  KubernetesPods pods_;
  KubernetesServices services_;
  std::map<std::string, TargetGroup> nodes_;
  std::map<std::string, KubernetesSlice> slices_;
  std::function<void()> changed_;
  int failures_ = 0;
};

}  // namespace

std::unique_ptr<TargetSource> make_kubernetes_source(asio::any_io_executor executor,
                                                     HttpClient& client, KubernetesSpec spec) {
  return std::make_unique<Source>(std::move(executor), client, std::move(spec));
}

}  // namespace revisitd::collectors
