"""The types of the events of endings, and of those of activations: by `Ending.is_activation`."""

from invites.audit.catalogue import EventType
from invites.models import EndingState

REQUESTED = {False: EventType.ENDING_REQUESTED, True: EventType.ACTIVATION_REQUESTED}
CHECKED = {False: EventType.ENDING_CHECKED, True: EventType.ACTIVATION_CHECKED}
SETTLED = {False: EventType.ENDING_SETTLED, True: EventType.ACTIVATION_SETTLED}
STATES = {
    False: {
        EndingState.WAITING: EventType.ENDING_WAITING,
        EndingState.DONE: EventType.ENDING_DONE,
        EndingState.REFUSED: EventType.ENDING_REFUSED,
        EndingState.NOT_DONE: EventType.ENDING_NOT_DONE,
        EndingState.UNCLEAR: EventType.ENDING_UNCLEAR,
    },
    True: {
        EndingState.WAITING: EventType.ACTIVATION_WAITING,
        EndingState.DONE: EventType.ACTIVATION_DONE,
        EndingState.REFUSED: EventType.ACTIVATION_REFUSED,
        EndingState.NOT_DONE: EventType.ACTIVATION_NOT_DONE,
        EndingState.UNCLEAR: EventType.ACTIVATION_UNCLEAR,
    },
}
ALL = [type for type in EventType if type.startswith(("ending-", "activation-"))]
