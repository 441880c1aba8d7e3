#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daemon/notify/message.h"
#include "daemon/notify/receiver.h"
#include "rules/event.h"
#include "storage/store.h"

// From events to the rows of the outbox. Pure: no clock, no network, the same input gives the same
// rows.
//
// A row's body is rendered here, once; every attempt sends these bytes under this id. The id is a
// hash of the instance, what happened and the receiver, so it is the same whenever the same event
// is planned again.
//
// Settling: openings, reopenings and worsenings wait `settle` before their first attempt. A
// worsening within that time joins the row that waits instead of adding one; nothing of that row
// can have been sent yet.
//
// So do triggers that become blind, or are judged again: those of one decision within the delay are
// told in one message. What such a row tells of cannot be read from its body, so the caller keeps
// it (Settling); after a restart the next trigger has a message of its own.
//
// Storms: when more than `digest_over` new revisits of one receiver wait for their first attempt,
// they become digests that name every one of them. The rows stay in the outbox as members: still
// pending, their body replaced by "digest:ID". A member is finished with its digest, in the same
// commit, so that each revisit's row is delivered only when the message that names it was accepted,
// and is dead only when that message is.
namespace revisitd::daemon::notify {

struct PlanOptions {
  std::string instance;  // of this daemon's state; part of every id
  Duration settle = std::chrono::seconds(30);
  std::size_t digest_over = 50;
  LinkOptions links;
};

// The recipients, by the configuration in force.
struct Recipients {
  std::vector<Receiver> receivers;
  std::vector<Route> routes;
};

// A row of blind or sighted triggers that may still be settling, with what it tells of.
struct Settling {
  storage::DeliveryRow row;
  rules::Event event;
};

struct PlanInput {
  TimePoint now{};
  // Pending rows that are not being sent, ascending by creation.
  std::vector<const storage::DeliveryRow*> pending;
  // The current revisit of a service, null when there is none; for the lines of digests. May be
  // empty.
  std::function<const rules::Revisit*(const std::string& service)> revisit;
  // Kept from plan to plan; what is settled goes. Null: nothing is known of earlier plans.
  std::vector<Settling>* settling = nullptr;
};

// Rows to insert, or to replace by id, in the commit of the step that gave the events.
std::vector<storage::DeliveryRow> plan(const PlanOptions& options, const Recipients& recipients,
                                       const PlanInput& input,
                                       const std::vector<rules::Event>& events);

// The rows that tell every receiver but the one it is about; who wants to hear of no good ends
// hears of none. They wait for nothing and join no digest.
std::vector<storage::DeliveryRow> plan_notice(const PlanOptions& options,
                                              const Recipients& recipients, TimePoint now,
                                              const Notice& notice);

// Whether the row is a digest's member, and of which: its id, or "".
std::string digest_of(const storage::DeliveryRow& row);
// Marks a row as a member.
void join_digest(storage::DeliveryRow& row, const std::string& digest);

// A dead row, or a dead digest with its members, back in the queue: the rows to commit. Their age
// starts anew. Naming a member requeues its digest. Empty when `id` is not among `dead`.
std::vector<storage::DeliveryRow> requeued(const std::vector<storage::DeliveryRow>& dead,
                                           const std::string& id, TimePoint now);

// Whether no attempt was ever made, not even one that was answered with 429.
bool is_untouched(const storage::DeliveryRow& row);

// Rows of one revisit, or of one service where there is none, are sent in order of creation.
const std::string& order_key(const storage::DeliveryRow& row);

}  // namespace revisitd::daemon::notify
