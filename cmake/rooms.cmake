# The rooms of src/, bottom to top. This list is the one place that says which way arrows may point:
# a room may use only rooms that stand before it.
set(NELUMBO_ROOMS
    base
    codec
    crypto
    ipld
    types
    actors
    engine
    genesis
    wallet
    rpc
    chain
    pool
    net
    messager
    sealing
    mining
    node
    cli)
