#include "modules/events/delivery_store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>

namespace gsdb::events {

Task<StoredDelivery> DeliveryStore::store(ReceivedDelivery delivery) {
    auto one = std::make_shared<Waiting>(executor_, std::move(delivery));
    waiting_.push_back(one);
    waiting_bytes_ += one->bytes();
    if (!std::exchange(is_running_, true)) asio::co_spawn(executor_, run(shared_from_this()), asio::detached);
    if (!one->has_ended) {
        boost::system::error_code ended;
        co_await one->is_done.async_wait(asio::redirect_error(use_task, ended));
    }
    if (one->written.problem) std::rethrow_exception(one->written.problem);
    co_return one->written.answer;
}

/// Batch after batch for as long as deliveries wait: while one is being committed, the next gathers.
Task<> DeliveryStore::run(std::shared_ptr<DeliveryStore> self) {
    while (!self->waiting_.empty()) {
        const auto batch = self->take();
        co_await self->write(&batch);
        if (self->on_stored_) self->on_stored_();
        for (const auto& one : batch) {
            self->waiting_bytes_ -= one->bytes();
            one->has_ended = true;
            one->is_done.cancel();
        }
    }
    self->is_running_ = false;
}

/// The next ones of one organization: a transaction sees the rows of one.
DeliveryStore::Batch DeliveryStore::take() {
    Batch batch;
    std::size_t bytes = 0;
    while (!waiting_.empty() && batch.size() < limits_.batch_rows) {
        const auto& next = waiting_.front();
        const bool is_of_another = !batch.empty() && batch[0]->received.organization != next->received.organization;
        if (is_of_another || (!batch.empty() && bytes + next->bytes() > limits_.batch_bytes)) break;
        bytes += next->bytes();
        batch.push_back(next);
        waiting_.pop_front();
    }
    return batch;
}

Task<> DeliveryStore::write(const Batch* batch) {
    std::vector<const ReceivedDelivery*> deliveries;
    for (const auto& one : *batch) deliveries.push_back(&one->received);
    std::exception_ptr problem;
    try {
        auto answers = co_await writer_.write(deliveries);
        for (std::size_t i = 0; i < answers.size(); ++i) (*batch)[i]->written = std::move(answers[i]);
    } catch (...) {
        problem = std::current_exception();
    }
    if (problem)
        for (const auto& one : *batch) one->written.problem = problem;
}

}  // namespace gsdb::events
