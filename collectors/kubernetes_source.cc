#include "collectors/kubernetes_source.h"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <utility>

#include "collectors/kubernetes_cluster.h"
#include "rules/diagnostic.h"
#include "rules/percent_encode.h"

namespace revisitd::collectors {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

constexpr std::size_t kMostListBytes = 64u << 20;
constexpr std::size_t kMostWatchBytes = 1u << 30;
constexpr std::chrono::seconds kWatchTime{300};
constexpr Duration kWatchGrace = std::chrono::seconds(30);
constexpr std::chrono::seconds kLeastRound{1};
constexpr Duration kListTime = std::chrono::seconds(60);
constexpr Duration kLongestPause = std::chrono::seconds(30);
constexpr int kGone = 410;

std::string encoded(const std::string& text) { return rules::percent_encode(text); }

// A collection and the coroutine that follows it.
struct Followed {
  explicit Followed(KubernetesCollection collection) : objects(std::move(collection)) {}

  KubernetesCollection objects;
  std::string selectors;  // "&labelSelector=…", of the role's own objects
  asio::cancellation_signal cancel;
};

class Source final : public TargetSource {
 public:
  Source(asio::any_io_executor executor, HttpClient& client, KubernetesSpec spec)
      : executor_(std::move(executor)), client_(client), spec_(std::move(spec)) {
    std::vector<std::string> spaces = spec_.namespaces;
    if (spaces.empty() || spec_.role == KubernetesRole::node) spaces = {""};
    const std::vector<KubernetesKind> kinds = kubernetes_kinds(spec_.role);
    for (const KubernetesKind kind : kinds) {
      for (const std::string& space : spaces) {
        Followed& added = collections_.emplace_back(KubernetesCollection(cluster_, kind, space));
        if (kind != kinds.front()) continue;
        if (!spec_.selector.label.empty())
          added.selectors += "&labelSelector=" + encoded(spec_.selector.label);
        if (!spec_.selector.field.empty())
          added.selectors += "&fieldSelector=" + encoded(spec_.selector.field);
      }
    }
  }

  DiscoveryMechanism mechanism() const override { return DiscoveryMechanism::kubernetes; }
  std::string where() const override {
    std::string text = std::string(kubernetes_role_name(spec_.role)) + " at " + spec_.api_server;
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
    for (Followed& followed : collections_) {
      asio::co_spawn(executor_, follow(followed, gathering),
                     asio::bind_cancellation_slot(followed.cancel.slot(),
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

  std::vector<TargetGroup> groups() const override { return cluster_.groups(spec_.role); }

 private:
  struct Gathering {
    asio::steady_timer done;
    std::size_t left;
    Status outcome;
    bool stopping;
  };

  void stop(Gathering& gathering) {
    if (std::exchange(gathering.stopping, true)) return;
    for (Followed& followed : collections_) followed.cancel.emit(asio::cancellation_type::terminal);
  }

  // The others are begun anew with it, from where they are.
  void note_failure(Gathering& gathering, const Error& error) {
    if (gathering.outcome && !gathering.stopping) gathering.outcome = error;
    stop(gathering);
  }

  awaitable<void> follow(Followed& followed, Gathering& gathering) {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!gathering.stopping) {
      const auto began = std::chrono::steady_clock::now();
      Status done = Ok{};
      if (followed.objects.version().empty()) done = co_await list(followed);
      if (done && !gathering.stopping) {
        tell();
        done = co_await watch(followed);
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
                                   [](const Followed& f) { return !f.objects.version().empty(); });
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

  awaitable<Status> list(Followed& followed) {
    KubernetesCollection& objects = followed.objects;
    objects.begin_list();
    std::string next;
    do {
      auto asked = request(objects.path() + "?limit=500" + followed.selectors +
                           (next.empty() ? "" : "&continue=" + encoded(next)));
      if (!asked) co_return asked.error();
      FetchRequest fetch = *std::move(asked);
      fetch.timeout = kListTime;
      fetch.max_wire_bytes = fetch.max_body_bytes = kMostListBytes;
      const auto response = co_await client_.fetch(std::move(fetch));
      if (!response) co_return Error{response.error().message};
      if (response->status != 200) co_return refused(objects, response->status);
      auto page = objects.take_page(response->body);
      if (!page) co_return page.error();
      next = *std::move(page);
    } while (!next.empty());
    co_return Ok{};
  }

  static Error refused(const KubernetesCollection& objects, int status) {
    return Error{objects.path() + " answered " + std::to_string(status)};
  }

  awaitable<Status> watch(Followed& followed) {
    KubernetesCollection& objects = followed.objects;
    auto asked = request(objects.path() + "?watch=1&allowWatchBookmarks=true&timeoutSeconds=" +
                         std::to_string(kWatchTime.count()) +
                         "&resourceVersion=" + encoded(objects.version()) + followed.selectors);
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
      const Result<bool> changed = objects.take_events(rest);
      if (!changed) {
        outcome = changed.error();
      } else if (*changed) {
        tell();
      }
      return changed && !objects.version().empty();
    };
    const auto response = co_await client_.fetch(std::move(fetch));
    if (response && response->status == kGone) objects.outdate();
    if (objects.version().empty()) co_return Ok{};  // too old: a new list
    if (!outcome) co_return outcome;
    if (response && response->status != 200) co_return refused(objects, response->status);
    // A watch is ended by the server's time limit, or by whatever ends connections in between.
    const bool ended = response || response.error().failure == FetchFailure::truncated ||
                       response.error().failure == FetchFailure::timeout ||
                       response.error().failure == FetchFailure::cancelled;
    if (!ended) co_return Error{response.error().message};
    co_return Ok{};
  }

  asio::any_io_executor executor_;
  HttpClient& client_;
  KubernetesSpec spec_;
  KubernetesCluster cluster_;
  std::list<Followed> collections_;
  std::function<void()> changed_;
  int failures_ = 0;
};

}  // namespace

std::unique_ptr<TargetSource> make_kubernetes_source(asio::any_io_executor executor,
                                                     HttpClient& client, KubernetesSpec spec) {
  return std::make_unique<Source>(std::move(executor), client, std::move(spec));
}

}  // namespace revisitd::collectors
