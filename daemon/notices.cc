#include "daemon/notices.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace revisitd::daemon {
namespace {

using Json = nlohmann::ordered_json;
using notify::Notice;
using notify::NoticeKind;

constexpr Duration kQuiet = std::chrono::hours(1);
constexpr Duration kLoop = std::chrono::minutes(10);
constexpr std::size_t kLoopStarts = 5;
constexpr std::size_t kMostStarts = 1000;

TimePoint time_of(const Json& json) { return from_millis(json.get<std::int64_t>()); }

}  // namespace

std::optional<Notice> Notices::gave_up(const std::string& receiver, const std::string& why,
                                       TimePoint now) {
  Receiver& known = receivers_[receiver];
  known.why = why;
  const bool lately = known.told != TimePoint{} && now - known.told < kQuiet;
  if (known.since || lately) return std::nullopt;
  known.since = known.told = now;
  return Notice{NoticeKind::receiver_rejects, receiver, now, now, 0, why};
}

std::optional<Notice> Notices::took(const std::string& receiver, TimePoint now) {
  const auto known = receivers_.find(receiver);
  if (known == receivers_.end() || !known->second.since) return std::nullopt;
  const TimePoint since = *known->second.since;
  known->second.since.reset();
  known->second.told = now;
  return Notice{NoticeKind::receiver_accepts, receiver, since, now, 0, ""};
}

void Notices::keep_only(const std::vector<std::string>& receivers) {
  std::erase_if(receivers_, [&](const auto& known) {
    return std::find(receivers.begin(), receivers.end(), known.first) == receivers.end();
  });
}

std::optional<Notice> Notices::started(TimePoint now) {
  // A clock that was set back must not keep starts for ever.
  std::erase_if(starts_, [&](TimePoint at) { return at > now || now - at >= kQuiet; });
  if (now < last_start_ || now - last_start_ >= kQuiet) restarts_.reset();
  last_start_ = now;
  starts_.push_back(now);
  if (starts_.size() > kMostStarts) starts_.erase(starts_.begin());
  const auto recent =
      std::find_if(starts_.begin(), starts_.end(), [&](TimePoint at) { return now - at < kLoop; });
  const auto count = static_cast<std::size_t>(starts_.end() - recent);
  if (restarts_ || count < kLoopStarts) return std::nullopt;
  restarts_ = Notice{NoticeKind::restarts, "", *recent, now, static_cast<int>(count), ""};
  return restarts_;
}

std::vector<Notice> Notices::standing(TimePoint now) const {
  std::vector<Notice> all;
  for (const auto& [name, receiver] : receivers_) {
    if (receiver.since) {
      all.push_back(
          {NoticeKind::receiver_rejects, name, *receiver.since, *receiver.since, 0, receiver.why});
    }
  }
  if (restarts_ && now >= restarts_->at && now - restarts_->at < kQuiet) all.push_back(*restarts_);
  return all;
}

std::string Notices::to_json() const {
  Json receivers = Json::object(), starts = Json::array();
  for (const auto& [name, receiver] : receivers_) {
    receivers[name] = {{"since", receiver.since ? Json(to_millis(*receiver.since)) : Json()},
                       {"told", to_millis(receiver.told)},
                       {"why", receiver.why}};
  }
  for (const TimePoint at : starts_) starts.push_back(to_millis(at));
  Json json{{"receivers", std::move(receivers)},
            {"starts", std::move(starts)},
            {"last_start", to_millis(last_start_)}};
  if (restarts_) {
    json["restarts"] = {to_millis(restarts_->since), to_millis(restarts_->at), restarts_->count};
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void Notices::read(const std::string& text) {
  *this = {};
  Notices read;
  try {
    const Json json = Json::parse(text);
    for (const auto& [name, one] : json.at("receivers").items()) {
      Receiver& receiver = read.receivers_[name];
      if (!one.at("since").is_null()) receiver.since = time_of(one.at("since"));
      receiver.told = time_of(one.at("told"));
      receiver.why = one.at("why").get<std::string>();
    }
    for (const Json& at : json.at("starts")) read.starts_.push_back(time_of(at));
    read.last_start_ = time_of(json.at("last_start"));
    if (json.contains("restarts")) {
      const Json& one = json.at("restarts");
      read.restarts_ = Notice{NoticeKind::restarts, "", time_of(one.at(0)), time_of(one.at(1)),
                              one.at(2).get<int>(), ""};
    }
  } catch (const Json::exception&) {
    return;
  }
  *this = std::move(read);
}

}  // namespace revisitd::daemon
