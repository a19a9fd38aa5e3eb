"""Links facts into edges, stores them, answers queries. The only place with CozoScript."""
