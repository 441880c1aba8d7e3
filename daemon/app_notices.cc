#include <algorithm>

#include "daemon/app_core.h"
#include "daemon/recorder.h"

// What the outbox has to say, and what the daemon says of itself to its receivers.
namespace revisitd::daemon {
namespace {

bool is_receiver(const std::vector<notify::Receiver>& receivers, const std::string& name) {
  return std::any_of(receivers.begin(), receivers.end(),
                     [&](const notify::Receiver& receiver) { return receiver.name == name; });
}

}  // namespace

void AppCore::note(const notify::OutboxNote& said) {
  using Kind = notify::OutboxNote::Kind;
  const auto tell = [&](LogLevel level, std::string_view message) {
    log_.write(level, message,
               {{"receiver", said.receiver},
                {"type", said.type},
                {"service", said.service},
                {"id", said.id},
                {"why", said.message}});
  };
  switch (said.kind) {
    case Kind::delivered:
      metrics_.delivered(said.receiver, DeliveryOutcome::delivered);
      tell(LogLevel::info, "delivered");
      return tell_notice(notices_.took(said.receiver, clock_.now()));
    case Kind::failed:
    case Kind::rate_limited:
      metrics_.delivered(said.receiver, DeliveryOutcome::retried);
      return tell(LogLevel::warn, "a delivery failed and will be tried again");
    case Kind::dead:
      metrics_.delivered(said.receiver, DeliveryOutcome::dead);
      ++stats_.dead;
      tell(LogLevel::error, "a delivery was given up");
      if (!is_receiver(config_.receivers, said.receiver)) return;
      return tell_notice(notices_.gave_up(said.receiver, said.message, clock_.now()));
    case Kind::broken:
      return tell(LogLevel::error, "a round of deliveries failed and begins anew");
    case Kind::not_committed:
      return tell(LogLevel::error, "the outcome of a delivery could not be recorded yet");
    case Kind::keepalive:
      return tell(LogLevel::warn, "an Alertmanager did not take what stands");
    case Kind::secret:
      return tell(LogLevel::warn, "a secret file is refused");
  }
}

void AppCore::tell_notice(const std::optional<notify::Notice>& notice) {
  if (!notice) return;
  log_.write(notice->kind == notify::NoticeKind::receiver_accepts ? LogLevel::info : LogLevel::warn,
             notify::notice_headline(*notice), {{"receiver", notice->receiver}});
  const std::vector<storage::DeliveryRow> rows = outbox_->plan(*notice);
  storage::Batch batch;
  batch.deliveries = rows;
  batch.puts.push_back({kMetaKind, Notices::kKey, notices_.to_json()});
  journal_->add(std::move(batch), [this, rows] { outbox_->accept(rows); });
}

void AppCore::keep_notices() {
  journal_->add({.puts = {{kMetaKind, Notices::kKey, notices_.to_json()}}});
}

void AppCore::note_start() {
  const auto notice = notices_.started(clock_.now());
  tell_notice(notice);
  if (!notice) keep_notices();
}

// An end that nobody wanted is none in good order; a disk that takes nothing is not waited for.
void AppCore::note_end() {
  if (!serving_ || exit_code_ != 0 || !journal_->writable()) return;
  notices_.ended();
  keep_notices();
}

}  // namespace revisitd::daemon
