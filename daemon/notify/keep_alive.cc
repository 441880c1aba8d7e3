#include <algorithm>

#include "daemon/notify/alert.h"
#include "daemon/notify/outbox_core.h"

namespace revisitd::daemon::notify {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kAlertsPerPost = 1000;
constexpr int kResendsUntilGone = 4;

// What stands, as far as this receiver is routed to it, in posts of bounded size.
std::vector<std::string> standing_posts(const OutboxCore& core, const Worker& worker,
                                        TimePoint now) {
  const OutboxOptions& options = core.options;
  std::vector<std::string> posts;
  std::vector<Alert> alerts;
  const TimePoint runs_out = now + options.resend * kResendsUntilGone;
  const std::vector<Notice> notices =
      core.environment.notices ? core.environment.notices(now) : std::vector<Notice>{};
  for (const Notice& notice : notices) {
    if (notice.receiver == worker.counters.receiver) continue;
    alerts.push_back(notice_alert(notice, options.plan.links));
    alerts.back().ends_at = std::max(runs_out, alerts.back().starts_at);
  }
  for (const rules::Event& event : core.environment.active(now)) {
    const auto told = receivers_of(event, options.recipients.receivers, options.recipients.routes);
    const bool mine = std::any_of(told.begin(), told.end(), [&](const Receiver* receiver) {
      return receiver->name == worker.counters.receiver;
    });
    if (!mine) continue;
    alerts.push_back(kept_alive(event, options.plan.links, runs_out));
    if (alerts.size() < kAlertsPerPost) continue;
    posts.push_back(alertmanager_body(alerts));
    alerts.clear();
  }
  if (!alerts.empty()) posts.push_back(alertmanager_body(alerts));
  return posts;
}

asio::awaitable<void> post_standing(Core core, Post worker, TimePoint now) {
  const std::vector<std::string> posts = standing_posts(*core, *worker, now);
  for (const std::string& post : posts) {
    const Judgement judgement =
        co_await dispatch(core->flights, *core->environment.http, worker->keeper, "", post, now);
    if (core->flights->abandoned()) co_return;
    ++worker->counters.keepalives;
    if (judgement.verdict != AttemptVerdict::accepted) ++worker->counters.keepalives_failed;
    if (judgement.reason == worker->keep_problem) continue;
    worker->keep_problem = judgement.reason;
    if (!judgement.reason.empty()) {
      core->note(OutboxNote::Kind::keepalive, *worker, {}, judgement.reason);
    }
  }
}

}  // namespace

asio::awaitable<void> keep_round(Core core, Post worker) {
  const TimePoint now = core->environment.clock();
  const auto& last = worker->last_keep;
  if (last && *last <= now && now < *last + core->options.resend) {
    co_await sleep(worker->keep_timer, *last + core->options.resend - now);
    co_return;
  }
  worker->last_keep = now;
  co_await post_standing(core, worker, now);
}

// One round after another until the daemon stops; a round that throws is noted and a second later

}  // namespace revisitd::daemon::notify
