def pool(*a):
    raise NotImplementedError
